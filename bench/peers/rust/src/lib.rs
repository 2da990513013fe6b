//! Asks a policy engine the questions of one scenario and measures it, by the
//! commands that bench/peers/rolegate.cc describes.
//!   PROGRAM DIR FOLDER

use serde::Deserialize;
use std::io::BufRead;
use std::time::Instant;

const BATCH_NANOSECONDS: f64 = 2e3; // a clock reading costs some 25
const LARGEST_BATCH: usize = 16;
const LEAST_BATCHES: usize = 32;
const LEAST_NANOSECONDS: f64 = 5e8;
const MOST_NANOSECONDS: f64 = 2e9;

/// A line of questions.jsonl.
#[derive(Deserialize)]
pub struct Question {
    pub action: String,
    pub kind: String,
    pub container: String,
    pub object: String,
    pub ip: String,
    pub secure: bool,
    pub team: String,
}

/// An engine and what it makes ready of a question.
pub trait Engine {
    type Ready;
    fn prepare(&self, question: &Question) -> Self::Ready;
    fn decide(&self, ready: &Self::Ready) -> bool;
}

fn read(parts: std::ops::Range<usize>, name: &str) -> Option<String> {
    let mut path: std::path::PathBuf = std::env::args().take(parts.end).skip(parts.start).collect();
    path.push(name);
    std::fs::read_to_string(path).ok()
}

/// A file of DIR/FOLDER, if it is there.
pub fn read_policies(name: &str) -> Option<String> {
    read(1..3, name)
}

fn answers(count: usize, ask: &dyn Fn(usize) -> bool) -> String {
    (0..count).map(|i| if ask(i) { 'A' } else { 'D' }).collect()
}

/// All questions in their order, again and again, in batches that are just long
/// enough for the clock.
fn measure(count: usize, ask: &dyn Fn(usize) -> bool) -> String {
    let mut allowed = 0;
    let mut next = 0;
    let mut batch_of = |size: usize| {
        let begin = Instant::now();
        for _ in 0..size {
            allowed += usize::from(ask(next));
            next = if next + 1 == count { 0 } else { next + 1 };
        }
        begin.elapsed().as_nanos() as f64 / size as f64
    };
    let mut one = batch_of(LARGEST_BATCH);
    if one < BATCH_NANOSECONDS {
        one = batch_of(count);
    }
    let size = ((BATCH_NANOSECONDS / one) as usize + 1).min(LARGEST_BATCH);
    let mut times = Vec::new();
    let mut total = 0.0;
    while total < LEAST_NANOSECONDS || times.len() < LEAST_BATCHES && total < MOST_NANOSECONDS {
        let took = batch_of(size);
        times.push(took);
        total += took * size as f64;
    }
    assert!(allowed > 0, "nothing was allowed");
    times.sort_by(f64::total_cmp);
    format!(
        "{{\"p50\":{},\"p99\":{},\"mean\":{}}}",
        times[times.len() / 2],
        times[times.len() * 99 / 100],
        total / (size * times.len()) as f64
    )
}

/// Does what is asked on standard input.
pub fn serve(version: &str, engine: impl Engine) {
    let questions: Vec<Question> = read(1..2, "questions.jsonl")
        .expect("questions")
        .lines()
        .map(|line| serde_json::from_str(line).expect("a question"))
        .collect();
    let ready: Vec<_> = questions.iter().map(|q| engine.prepare(q)).collect();
    let decide = |i: usize| engine.decide(&ready[i]);
    let whole = |i: usize| engine.decide(&engine.prepare(&questions[i]));
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let (command, form) = line.split_once(' ').unwrap_or((&line, ""));
        let ask: &dyn Fn(usize) -> bool = if form == "whole" { &whole } else { &decide };
        match command {
            "version" => println!("{version}"),
            "answers" => println!("{}", answers(questions.len(), ask)),
            "measure" => println!("{}", measure(questions.len(), ask)),
            _ => panic!("unknown command `{command}`"),
        }
    }
}
