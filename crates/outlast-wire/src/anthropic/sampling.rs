//! Temperature and nucleus.

use outlast_types::ChatRequest;

use super::Sampling;
use crate::notes::Notes;

/// The sampling parameters, ready to be written.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct SamplingPlan {
    pub(crate) temperature: Option<f64>,
    pub(crate) top_p: Option<f64>,
    pub(crate) top_k: Option<u64>,
    /// Whether `top_k` may be written.
    pub(super) takes_top_k: bool,
}

impl SamplingPlan {
    /// Sends what the request says.
    pub(crate) fn as_written(request: &ChatRequest) -> Self {
        Self {
            temperature: request.temperature,
            top_p: request.top_p,
            top_k: request.top_k,
            takes_top_k: true,
        }
    }

    /// Leaves out or changes what the model would refuse.
    ///
    /// - "temperature: range: 0..1"; other protocols go to 2.
    /// - With thinking, only a temperature of 1 and a nucleus of at least 0.95 are taken.
    /// - Newer models take one of the two, the newest none.
    pub(crate) fn adapted(
        request: &ChatRequest,
        thinks: bool,
        sampling: Sampling,
        notes: &mut Notes,
    ) -> Self {
        let mut plan = Self::as_written(request);
        if plan
            .temperature
            .is_some_and(|temperature| temperature > 1.0)
        {
            notes.change("temperature is set to 1, the most there is");
            plan.temperature = Some(1.0);
        }
        if sampling == Sampling::None {
            plan.drop_top_k(notes);
            plan.drop_unless(notes, |_| false, |_| false);
        } else if thinks {
            plan.drop_top_k(notes);
            plan.drop_unless(
                notes,
                |temperature| temperature == 1.0,
                |top_p| top_p >= 0.95,
            );
        }
        if sampling == Sampling::One && plan.temperature.is_some() {
            plan.drop_unless(notes, |_| true, |_| false);
        }
        plan
    }

    fn drop_top_k(&mut self, notes: &mut Notes) {
        self.takes_top_k = false;
        if self.top_k.take().is_some() {
            notes.loss("top_k is left out: the model does not take it");
        }
    }

    fn drop_unless(
        &mut self,
        notes: &mut Notes,
        keep_temperature: fn(f64) -> bool,
        keep_top_p: fn(f64) -> bool,
    ) {
        if self
            .temperature
            .is_some_and(|value| !keep_temperature(value))
        {
            notes.loss("temperature is left out: the model does not take it");
            self.temperature = None;
        }
        if self.top_p.is_some_and(|value| !keep_top_p(value)) {
            notes.loss("top_p is left out: the model does not take it");
            self.top_p = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapted(
        temperature: f64,
        top_p: Option<f64>,
        thinks: bool,
        sampling: Sampling,
    ) -> SamplingPlan {
        let mut request = ChatRequest::user("hi").with_temperature(temperature);
        request.body_mut().top_p = top_p;
        SamplingPlan::adapted(&request, thinks, sampling, &mut Notes::default())
    }

    #[test]
    fn only_what_the_model_takes_is_sent() {
        let check = |plan: SamplingPlan, temperature, top_p| {
            assert_eq!((plan.temperature, plan.top_p), (temperature, top_p));
        };
        check(
            adapted(1.7, Some(0.9), false, Sampling::All),
            Some(1.0),
            Some(0.9),
        );
        check(
            adapted(0.2, Some(0.9), false, Sampling::One),
            Some(0.2),
            None,
        );
        check(adapted(0.2, Some(0.9), false, Sampling::None), None, None);
        check(
            adapted(0.2, Some(0.97), true, Sampling::All),
            None,
            Some(0.97),
        );
        check(adapted(1.0, None, true, Sampling::One), Some(1.0), None);
    }
}
