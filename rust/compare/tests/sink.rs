//! The sink of a run, driven as a port drives it.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::slice;
use std::sync::Arc;
use std::thread;

use _kernel::sink::{Bytes, Element, Expected, Names, Run, Settings, Tap};
use serde_json::{Value, json};

fn bytes(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

fn expected(order: i64, values: &[f32], shape: &[usize], injected: bool) -> Expected {
    Expected {
        order,
        element: Element::F32,
        shape: shape.to_vec(),
        reference: Bytes::in_memory(bytes(values)),
        noise: None,
        injected,
    }
}

fn tap<'a>(name: &'a str, line: u64, shape: &'a [usize], content: &'a [u8]) -> Tap<'a> {
    Tap {
        name: name.as_bytes(),
        kind: b"Linear",
        file: b"src/a.rs",
        dtype: b"f32",
        line,
        shape,
        content,
    }
}

/// A run and the rows that it sends.
struct Driven {
    run: Arc<Run>,
    rows: thread::JoinHandle<Vec<Value>>,
    _ours: UnixStream,
}

impl Driven {
    fn new<const N: usize>(expected: [(&str, Expected); N]) -> Self {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let rows = thread::spawn(move || {
            let lines = BufReader::new(theirs).lines().map(Result::unwrap);
            lines
                .map(|line| serde_json::from_str(&line).unwrap())
                .collect()
        });
        let run = Arc::new(start(&ours, expected));
        Self {
            run,
            rows,
            _ours: ours,
        }
    }

    /// Ends the run and returns its rows.
    fn rows(self) -> Vec<Value> {
        self.run.close();
        drop((self.run, self._ours));
        self.rows.join().unwrap()
    }
}

fn start<const N: usize>(socket: &UnixStream, expected: [(&str, Expected); N]) -> Run {
    let named = expected.map(|(name, expected)| (name.to_owned(), expected));
    let renamed = HashMap::from([("old".to_owned(), "new".to_owned())]);
    let settings = Settings {
        run: "free".to_owned(),
        socket: socket.as_raw_fd(),
        names: Names::new("net.".to_owned(), renamed),
        expected: HashMap::from(named),
        keep: String::new(),
    };
    Run::start(settings).unwrap()
}

#[test]
fn names_lose_the_prefix_are_mapped_and_numbered() {
    let driven = Driven::new([]);
    for name in ["net.x", "net.old", "", "net.x", "x", "old"] {
        assert!(driven.run.take(&tap(name, 1, &[1], &[0; 4])).is_none());
    }
    let names = ["x", "new", "x#1", "x#2", "new#1"];
    assert_eq!(
        (driven.run.names(), driven.run.unnamed()),
        (names.map(str::to_owned).to_vec(), 1)
    );
    let sent: Vec<_> = driven
        .rows()
        .iter()
        .map(|row| row["name"].clone())
        .collect();
    assert_eq!(sent, names);
}

#[test]
fn a_row_says_everything() {
    let driven = Driven::new([("x", expected(3, &[1.0, 2.0, 4.0], &[1, 3], false))]);
    driven.run.take(&tap("y", 5, &[], &[0; 4]));
    driven
        .run
        .take(&tap("x", 9, &[1, 3], &bytes(&[1.0, 2.0, 4.5])));
    driven.run.take(&tap("y", 7, &[], &[0; 4]));
    let rows = driven.rows();
    let row = &rows[1];
    let measured = json!({
        "rms": (0.25_f64 / 3.0).sqrt(), "max_abs": 0.5, "relative": (0.25_f64 / 3.0).sqrt() / 7.0_f64.sqrt(),
        "bias": 0.5 / 3.0, "cosine": row["measured"]["cosine"], "snr_db": row["measured"]["snr_db"],
        "atol": 0.5, "rtol": 0.125, "count": 3, "differing": 1, "zeros": 2, "nonfinite": 0, "nan": 0, "inf": 0,
        "worst_index": [0, 2], "worst_actual": 4.5, "worst_expected": 4.0,
        "neighbours": [[0, 1.0, 1.0], [1, 2.0, 2.0], [2, 4.5, 4.0]],
        "histogram_start": -1, "histogram": [1],
        "profile": [[(0.25_f64 / 3.0).sqrt()], [0.0, 0.0, 0.5]],
    });
    assert_eq!(
        *row,
        json!({
            "type": "TapCompared", "run": "free", "order": 3, "name": "x", "kind": "Linear", "dtype": "f32",
            "shape": [1, 3], "file": "src/a.rs", "line": 9, "first_line": 5, "problem": "", "measured": measured,
        })
    );
    assert_eq!(
        (&rows[2]["order"], &rows[2]["first_line"]),
        (&json!(-1), &json!(0))
    );
    assert!(rows[2]["measured"].is_null());
}

#[test]
fn what_is_unbounded_is_a_number() {
    let driven = Driven::new([
        ("same", expected(0, &[1.0], &[1], false)),
        ("nothing", expected(1, &[0.0], &[1], false)),
        ("nan", expected(2, &[1.0, 1.0], &[2], false)),
    ]);
    driven.run.take(&tap("same", 1, &[1], &bytes(&[1.0])));
    driven.run.take(&tap("nothing", 1, &[1], &bytes(&[1.0])));
    driven
        .run
        .take(&tap("nan", 1, &[2], &bytes(&[f32::NAN, f32::INFINITY])));
    let rows = driven.rows();
    assert_eq!(rows[0]["measured"]["snr_db"], 1e99);
    let nothing = &rows[1]["measured"];
    assert_eq!(
        (&nothing["snr_db"], &nothing["relative"]),
        (&json!(-1e99), &json!(1e99))
    );
    let nan = &rows[2]["measured"];
    assert_eq!([&nan["nan"], &nan["inf"], &nan["nonfinite"]], [1, 1, 2]);
    assert_eq!(
        (&nan["worst_index"], &nan["neighbours"]),
        (&json!([]), &json!([]))
    );
}

#[test]
fn what_does_not_fit_is_a_sentence_and_keeps_its_tensor() {
    for (shape, content, problem) in [
        (&[1, 2][..], 8, "shape 1×2, the reference has 2"),
        (&[], 4, "shape scalar, the reference has 2"),
        (&[2], 4, "4 bytes, but f32 of shape 2 has 8"),
    ] {
        let content = vec![0; content];
        let driven = Driven::new([("x", expected(0, &[1.0, 2.0], &[2], true))]);
        assert!(driven.run.take(&tap("x", 1, shape, &content)).is_none());
        let rows = driven.rows();
        assert_eq!(
            (rows[0]["problem"].as_str(), &rows[0]["measured"]),
            (Some(problem), &Value::Null)
        );
    }
}

#[test]
fn nothing_is_compared_as_nothing() {
    let driven = Driven::new([("x", expected(0, &[], &[0, 3], true))]);
    assert_eq!(driven.run.take(&tap("x", 1, &[0, 3], &[])).unwrap().1, 0);
    let measured = &driven.rows()[0]["measured"];
    assert_eq!(
        (&measured["count"], &measured["histogram"]),
        (&json!(0), &json!([]))
    );
    assert_eq!(measured["profile"], json!([[], [0.0, 0.0, 0.0]]));
}

#[test]
fn a_replacement_has_the_ports_type_and_stays() {
    let driven = Driven::new([("x", expected(0, &[1.0, -2.5], &[2], true))]);
    let mut half = tap("x", 1, &[2], &[0; 4]);
    half.dtype = b"bf16";
    let (start, length) = driven.run.take(&half).unwrap();
    let run = Arc::clone(&driven.run);
    assert!(driven.rows()[0]["measured"].is_object());
    // SAFETY: the run is alive.
    let replacement = unsafe { slice::from_raw_parts(start, length) };
    assert_eq!(replacement, [0x80, 0x3f, 0x20, 0xc0]);
    drop(run);
}

#[test]
fn two_threads_at_once_lose_nothing() {
    const EACH: usize = 200;
    let values: Vec<f32> = (0..5000).map(|index| index as f32).collect();
    let names: Vec<String> = (0..2 * EACH).map(|index| format!("x{index}")).collect();
    let (ours, theirs) = UnixStream::pair().unwrap();
    let expected = names
        .iter()
        .zip(0..)
        .map(|(name, order)| (name.clone(), expected(order, &values, &[5000], true)));
    let settings = Settings {
        run: "injected".to_owned(),
        socket: ours.as_raw_fd(),
        names: Names::default(),
        expected: expected.collect(),
        keep: String::new(),
    };
    let run = Run::start(settings).unwrap();
    let reading = thread::spawn(move || {
        let lines = BufReader::new(theirs).lines().map(Result::unwrap);
        lines
            .map(|line| serde_json::from_str(&line).unwrap())
            .collect::<Vec<Value>>()
    });
    thread::scope(|scope| {
        for names in names.chunks(EACH) {
            let (run, values) = (&run, &values);
            scope.spawn(move || {
                for name in names {
                    let shifted: Vec<f32> = values.iter().map(|value| value + 1.0).collect();
                    assert!(run.take(&tap(name, 1, &[5000], &bytes(&shifted))).is_some());
                }
            });
        }
    });
    run.close();
    drop((run, ours));
    let rows = reading.join().unwrap();
    assert_eq!(rows.len(), 2 * EACH);
    assert!(rows.iter().all(|row| row["measured"]["rms"] == 1.0));
    let mut orders: Vec<_> = rows
        .iter()
        .map(|row| row["order"].as_i64().unwrap())
        .collect();
    orders.sort_unstable();
    assert_eq!(orders, (0..2 * EACH as i64).collect::<Vec<_>>());
}

#[test]
fn nobody_listening_is_a_failure_and_taps_go_through() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let run = start(&ours, [("x", expected(0, &[1.0], &[1], true))]);
    drop(theirs);
    run.take(&tap("x", 1, &[1], &bytes(&[1.0])));
    run.close();
    assert!(
        run.failure()
            .unwrap()
            .starts_with("tap `x` could not be sent"),
        "{:?}",
        run.failure()
    );
    assert!(run.take(&tap("x", 1, &[1], &bytes(&[1.0]))).is_none());
    assert_eq!(run.names(), ["x"]);
}

/// A tensor that cannot be had.
struct Broken;

impl AsRef<[u8]> for Broken {
    fn as_ref(&self) -> &[u8] {
        panic!("no such page")
    }
}

#[test]
fn a_panic_is_kept_wherever_it_happens_and_taps_go_through() {
    for injected in [true, false] {
        let broken = Expected {
            reference: Bytes::in_memory(Broken),
            ..expected(0, &[], &[1], injected)
        };
        let driven = Driven::new([("x", broken), ("y", expected(1, &[1.0], &[1], true))]);
        assert!(driven.run.take(&tap("x", 1, &[1], &[0; 4])).is_none());
        driven.run.close();
        let failure = driven.run.failure().unwrap();
        assert_eq!(failure, "the sink panicked: no such page");
        assert!(driven.run.take(&tap("y", 1, &[1], &[0; 4])).is_none());
        assert!(driven.rows().is_empty());
    }
}
