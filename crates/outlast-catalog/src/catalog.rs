//! The table.

use std::collections::BTreeMap;

use crate::file::{File, ModelEntry};
use crate::read::{self, Origin};
use crate::resolve::{self, spelled};
use crate::{
    CatalogError, Conditions, Consumption, Cost, Match, Model, Resolved, UnknownModel, Unpriced,
};

/// What is known about models.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// As written, so that an override can replace single fields; in step with `models`.
    entries: Vec<(Origin, ModelEntry)>,
    models: Vec<Model>,
    names: Names,
}

/// Which row a name belongs to.
#[derive(Clone, Debug, Default)]
struct Names {
    ids: BTreeMap<String, usize>,
    aliases: BTreeMap<String, usize>,
    spellings: BTreeMap<String, usize>,
}

impl Catalog {
    /// Reads further rows, which replace field by field those of the same id.
    ///
    /// The text is TOML in the form of `data/*.toml`. A row that is new must be complete; prices and aliases of a row
    /// that is known replace all of its own. `[names]` gives further names to models, such as those of Azure's
    /// deployments.
    ///
    /// # Examples
    ///
    /// ```
    /// use outlast_catalog::Catalog;
    ///
    /// let catalog = Catalog::builtin().clone().with_overrides(r#"
    ///     checked = "2026-11-25"
    ///
    ///     [names]
    ///     "our-deployment" = "gpt-4.1"
    ///
    ///     [[model]]
    ///     id = "gpt-4.1"
    ///     max_output = 1000
    /// "#).unwrap();
    /// let model = catalog.resolve("our-deployment").unwrap().model;
    /// assert_eq!((model.id(), model.limits().max_output), ("gpt-4.1", Some(1_000)));
    /// ```
    pub fn with_overrides(mut self, text: &str) -> Result<Self, CatalogError> {
        let file: File = toml::from_str(text)?;
        let origin = Origin::of(&file)?;
        for entry in file.model {
            self.put(&origin, entry)?;
        }
        self.names = Names::of(&self.models)?;
        for (name, id) in file.names {
            let &row = self
                .names
                .ids
                .get(&id)
                .ok_or_else(|| CatalogError::NoSuchModel(id.clone()))?;
            if let Some((_, entry)) = self.entries.get_mut(row) {
                entry.aliases.get_or_insert_default().push(name);
                self.rebuild(row)?;
            }
        }
        self.names = Names::of(&self.models)?;
        Ok(self)
    }

    /// Iterates over all models, by vendor and in the order of the files.
    pub fn models(&self) -> impl Iterator<Item = &Model> {
        self.models.iter()
    }

    /// Returns the model of exactly this id.
    pub fn get(&self, id: &str) -> Option<&Model> {
        self.models.get(*self.names.ids.get(id)?)
    }

    /// Finds the model that somebody calls `name`, the most literal way first.
    pub fn resolve<'a>(&'a self, name: &'a str) -> Result<Resolved<'a>, UnknownModel> {
        resolve::find(name, |name| self.literally(name))
            .ok_or_else(|| UnknownModel::new(name, self.names.ids.keys().map(String::as_str)))
    }

    /// Returns what a call cost, by the model's name, as [`Model::cost`] does.
    ///
    /// The region that a name of Amazon Bedrock bears is taken into account unless `conditions` tell one. A name that
    /// stands for a variant or a fine-tuned model has no price here: it is not the one of its base.
    pub fn cost(
        &self,
        name: &str,
        consumption: &Consumption,
        conditions: &Conditions,
    ) -> Result<Cost, Unpriced> {
        let Resolved { model, how, region } = self.resolve(name)?;
        if !how.keeps_price() {
            return Err(Unpriced::Variant(name.to_owned()));
        }
        let mut conditions = conditions.clone();
        if conditions.region.is_none() {
            conditions.region = region.map(str::to_owned);
        }
        model.cost(consumption, &conditions)
    }

    fn literally(&self, name: &str) -> Option<(&Model, Match)> {
        let Names {
            ids,
            aliases,
            spellings,
        } = &self.names;
        let by_spelling = || Some((*spellings.get(&spelled(name))?, Match::Spelling));
        let (row, how) = (ids.get(name).map(|row| (*row, Match::Id)))
            .or_else(|| aliases.get(name).map(|row| (*row, Match::Alias)))
            .or_else(by_spelling)?;
        Some((self.models.get(row)?, how))
    }

    fn put(&mut self, origin: &Origin, entry: ModelEntry) -> Result<(), CatalogError> {
        let known = self.models.iter().position(|model| model.id() == entry.id);
        let Some(row) = known else {
            self.models.push(read::model(origin, &entry)?);
            self.entries.push((origin.clone(), entry));
            return Ok(());
        };
        if let Some((old_origin, old)) = self.entries.get_mut(row) {
            *old_origin = origin.over(old_origin);
            *old = entry.over(old);
        }
        self.rebuild(row)
    }

    fn rebuild(&mut self, row: usize) -> Result<(), CatalogError> {
        if let (Some((origin, entry)), Some(model)) =
            (self.entries.get(row), self.models.get_mut(row))
        {
            *model = read::model(origin, entry)?;
        }
        Ok(())
    }
}

impl Names {
    fn of(models: &[Model]) -> Result<Self, CatalogError> {
        let mut names = Self::default();
        for (row, model) in models.iter().enumerate() {
            names.add(model.id(), row)?;
            names.ids.insert(model.id().to_owned(), row);
            for alias in model.aliases() {
                names.add(alias, row)?;
                names.aliases.insert(alias.clone(), row);
            }
        }
        Ok(names)
    }

    /// Two rows whose names differ by spelling only could not be told apart.
    fn add(&mut self, name: &str, row: usize) -> Result<(), CatalogError> {
        match self.spellings.insert(spelled(name), row) {
            Some(other) if other != row => Err(CatalogError::Ambiguous(name.to_owned())),
            _ => Ok(()),
        }
    }
}
