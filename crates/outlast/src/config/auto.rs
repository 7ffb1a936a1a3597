//! Sections `[route.NAME]` with `task = "auto"`: a name that leads to another route by what a chat asks for.

use outlast_tower::task::{AutoRoute, Task};
use outlast_types::{Money, Price};

use super::route::RouteConfig;
use super::section::Section;
use super::source::{Report, Span};
use super::suggest::hint;
use super::target::TargetConfig;

/// A name that leads to the route of a task.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AutoConfig {
    /// The name.
    pub name: String,
    /// Which route is for which task.
    pub tasks: Vec<(Task, String)>,
    /// The route for all else.
    pub otherwise: String,
    /// The least confidence, in percent.
    pub confidence: u8,
    /// What a request may cost at the route of its task.
    pub cost_cap: Option<Money>,
}

/// Such a section as the file has it.
pub(super) struct RawAuto {
    name: String,
    tasks: Option<Vec<(Task, String, Span)>>,
    otherwise: Option<(String, Span)>,
    confidence: u8,
    cost_cap: Option<Money>,
}

impl RawAuto {
    /// Reads one section.
    pub(super) fn read(name: &str, mut section: Section<'_>, report: &mut Report<'_>) -> Self {
        section.word("task", [("auto", ())], report);
        let otherwise = section.text("otherwise", report);
        if otherwise.is_none() && !section.has("otherwise") {
            let message = "a route by task needs one for all else: `otherwise = \"simple\"`";
            report.add(section.span(), message);
        }
        let tasks = section.section("tasks", report);
        let confidence = section.number("confidence", (0, 100), report);
        let auto = Self {
            name: name.to_owned(),
            tasks: tasks.map(|tasks| read_tasks(&tasks, report)),
            otherwise: otherwise.map(|name| ((*name.get_ref()).to_owned(), name.span())),
            confidence: confidence.and_then(|it| it.try_into().ok()).unwrap_or(50),
            cost_cap: section.dollars("cost_cap", report),
        };
        section.finish(report);
        auto
    }

    /// Looks up the routes that it names; without names, each task has the route of its own name, if there is one.
    pub(super) fn resolve(
        self,
        routes: &[RouteConfig],
        report: &mut Report<'_>,
    ) -> Option<AutoConfig> {
        let is_there = |name: &str| routes.iter().any(|route| route.name == name);
        let named = self.tasks.iter().flatten();
        let named = named.map(|(_, name, span)| (name, span));
        let otherwise = self.otherwise.iter().map(|(name, span)| (name, span));
        for (name, span) in named.chain(otherwise) {
            if !is_there(name) {
                let hint = hint(name, routes.iter().map(|route| route.name.as_str()));
                report.add(span.clone(), format!("there is no route `{name}`: {hint}"));
            }
        }
        let tasks = match self.tasks {
            Some(tasks) => tasks
                .into_iter()
                .map(|(task, name, _)| (task, name))
                .collect(),
            None => Task::ALL
                .into_iter()
                .filter(|task| is_there(task.as_str()))
                .map(|task| (task, task.as_str().to_owned()))
                .collect(),
        };
        let (otherwise, _) = self.otherwise?;
        Some(AutoConfig {
            name: self.name,
            tasks,
            otherwise,
            confidence: self.confidence,
            cost_cap: self.cost_cap,
        })
    }
}

impl AutoConfig {
    /// Makes what chooses; a route costs what its dearest target does, by the prices of the file.
    pub fn auto_route(&self, routes: &[RouteConfig], targets: &[TargetConfig]) -> AutoRoute {
        let confidence = f64::from(self.confidence) / 100.0;
        let mut auto = AutoRoute::new(self.otherwise.as_str()).with_least_confidence(confidence);
        if let Some(most) = self.cost_cap {
            auto = auto.with_cost_cap(most);
        }
        for (task, name) in &self.tasks {
            auto = auto.with_task(*task, name.as_str());
            let route = routes.iter().find(|route| route.name == *name);
            let price = route.and_then(|route| dearest(route, targets));
            if let Some(price) = price {
                auto = auto.with_price(name.as_str(), price);
            }
        }
        auto
    }
}

/// Returns the price of the dearest of a route's own targets, by their output.
fn dearest(route: &RouteConfig, targets: &[TargetConfig]) -> Option<Price> {
    let own = route.targets.iter().take(route.own);
    let facts = own.filter_map(|id| targets.iter().find(|target| target.id == *id));
    let prices = facts.filter_map(|target| target.facts.price);
    prices.max_by_key(|price| (price.output, price.input))
}

fn read_tasks(section: &Section<'_>, report: &mut Report<'_>) -> Vec<(Task, String, Span)> {
    let mut tasks = Vec::new();
    for (name, span, value) in section.entries() {
        let Some(task) = Task::ALL.into_iter().find(|task| task.as_str() == name) else {
            let hint = hint(name, Task::ALL.map(Task::as_str));
            report.add(span, format!("unknown task `{name}`: {hint}"));
            continue;
        };
        match value.get_ref().as_str() {
            Some(route) => tasks.push((task, route.to_owned(), value.span())),
            None => report.add(
                value.span(),
                format!("`{name}` must be the name of a route, in quotes"),
            ),
        }
    }
    tasks
}
