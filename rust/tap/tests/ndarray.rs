//! Taps of `ndarray` arrays, seen from the other side of the C interface.

mod host;

use host::{bytes, deaf, listen};
use ndarray::{Array2, ArrayD, arr2};

fn array() -> Array2<f32> {
    arr2(&[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]])
}

#[test]
fn without_a_sink_the_array_comes_back() {
    deaf(|| assert_eq!(tap::tap("x", &array()), array()));
}

#[test]
fn the_sink_is_told_everything() {
    let array = array();
    let records = listen([], || {
        tap::scope("stft", || tap::tap("window", &array));
    });
    let line = u64::from(line!()) - 2;
    let record = &records[0];
    assert_eq!(
        (record.name.as_str(), record.dtype.as_str()),
        ("stft.window", "f32")
    );
    assert_eq!((record.file.as_str(), record.line), (file!(), line));
    assert_eq!(record.shape, [2, 3]);
    assert_eq!(record.f32(), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(record.address, array.as_ptr() as usize);
}

#[test]
fn another_layout_is_shown_and_replaced_row_major() {
    let turned = array().reversed_axes().into_dyn();
    let records = listen([("x", bytes(&[9.0, 8.0, 7.0, 6.0, 5.0, 4.0]))], || {
        let answer: ArrayD<f32> = tap::tap("x", &turned);
        assert_eq!(
            answer,
            arr2(&[[9.0, 8.0], [7.0, 6.0], [5.0, 4.0]]).into_dyn()
        );
    });
    assert_eq!(records[0].f32(), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
}

#[test]
fn integers_have_their_names() {
    let records = listen([], || {
        tap::tap("ids", &ndarray::arr1(&[1i64, 2]));
        tap::tap("mask", &ndarray::arr1(&[1u8, 0]));
    });
    assert_eq!(
        (records[0].dtype.as_str(), records[0].data.len()),
        ("i64", 16)
    );
    assert_eq!(
        (records[1].dtype.as_str(), records[1].data.len()),
        ("u8", 2)
    );
}
