//! Finds circles of files that import each other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use super::modules::Modules;
use super::paths::Arrow;

/// A circle of files: each arrow leads to the file at which the next arrow begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circle(Vec<Arrow>);

impl fmt::Display for Circle {
    /// Writes `a.rs → b.rs → a.rs`, and then each import with its line.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for arrow in &self.0 {
            write!(formatter, "{} → ", arrow.from)?;
        }
        write!(formatter, "{}", self.0[0].from)?;
        for arrow in &self.0 {
            write!(formatter, "\n    {}:{} `{}`", arrow.from, arrow.line, arrow.path)?;
        }
        Ok(())
    }
}

/// The arrows between files, by their start and their end. Arrows between a module and its ancestors are left out.
#[derive(Debug, Clone)]
pub struct Graph<'a>(BTreeMap<&'a str, BTreeMap<&'a str, &'a Arrow>>);

impl<'a> Graph<'a> {
    pub fn new(modules: &'a Modules, arrows: &'a [Arrow]) -> Self {
        let mut ancestors: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (index, module) in modules.all.iter().enumerate() {
            ancestors.entry(&module.file).or_default().append(&mut modules.ancestor_files(index));
        }
        let is_ancestor = |file: &str, of: &str| ancestors.get(of).is_some_and(|files| files.contains(file));
        let mut graph: BTreeMap<&str, BTreeMap<&str, &Arrow>> = BTreeMap::new();
        for arrow in arrows {
            if !is_ancestor(&arrow.from, &arrow.to) && !is_ancestor(&arrow.to, &arrow.from) {
                graph.entry(&arrow.from).or_default().entry(&arrow.to).or_insert(arrow);
            }
        }
        Self(graph)
    }

    /// Returns the largest sets of files in which every file leads to every other file. A single file makes no set.
    pub fn rings(&self) -> Vec<BTreeSet<&'a str>> {
        let reachable: BTreeMap<&str, BTreeSet<&str>> =
            self.0.keys().map(|file| (*file, self.reachable(file))).collect();
        let mut rings: Vec<BTreeSet<&str>> = Vec::new();
        for (file, behind) in &reachable {
            if !rings.iter().any(|ring| ring.contains(file)) && behind.contains(file) {
                let leads_back =
                    |other: &&&str| reachable.get(**other).is_some_and(|from_there| from_there.contains(file));
                rings.push(behind.iter().filter(leads_back).copied().collect());
            }
        }
        rings
    }

    /// Returns circles whose removal would leave no circle. Each is the shortest that is left after the last arrows of
    /// the earlier circles were removed.
    pub fn circles(mut self) -> Vec<Circle> {
        let mut circles = Vec::new();
        loop {
            let rings = self.rings();
            let shortest = rings.iter().flatten().filter_map(|file| self.shortest_circle(file));
            let Some(circle) = shortest.min_by_key(|circle| circle.0.len()) else { return circles };
            let last = &circle.0[circle.0.len() - 1];
            self.0.get_mut(last.from.as_str()).and_then(|targets| targets.remove(last.to.as_str()));
            circles.push(circle);
        }
    }

    fn targets(&self, file: &str) -> impl Iterator<Item = (&'a str, &'a Arrow)> {
        self.0.get(file).into_iter().flatten().map(|(to, arrow)| (*to, *arrow))
    }

    /// Returns the files that can be reached from `file` by one or more arrows.
    fn reachable(&self, file: &str) -> BTreeSet<&'a str> {
        let mut seen = BTreeSet::new();
        let mut waiting: Vec<&str> = self.targets(file).map(|(to, _)| to).collect();
        while let Some(next) = waiting.pop() {
            if seen.insert(next) {
                waiting.extend(self.targets(next).map(|(to, _)| to));
            }
        }
        seen
    }

    fn shortest_circle(&self, start: &str) -> Option<Circle> {
        let mut reached_by: BTreeMap<&str, &Arrow> = BTreeMap::new();
        let mut waiting = VecDeque::from([start]);
        while let Some(file) = waiting.pop_front() {
            for (to, arrow) in self.targets(file) {
                if reached_by.contains_key(to) {
                    continue;
                }
                reached_by.insert(to, arrow);
                if to == start {
                    return Some(Circle(way_back(&reached_by, start)));
                }
                waiting.push_back(to);
            }
        }
        None
    }
}

fn way_back(reached_by: &BTreeMap<&str, &Arrow>, start: &str) -> Vec<Arrow> {
    let mut arrows = vec![reached_by[start].clone()];
    while arrows[arrows.len() - 1].from != start {
        arrows.push(reached_by[arrows[arrows.len() - 1].from.as_str()].clone());
    }
    arrows.reverse();
    arrows
}
