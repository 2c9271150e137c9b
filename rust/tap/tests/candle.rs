//! Taps of candle tensors, seen from the other side of the C interface.

mod host;

use candle_core::{CpuStorage, DType, Device, Result, Storage, Tensor};
use host::{bytes, deaf, listen};

fn tensor() -> Tensor {
    Tensor::arange(0f32, 6f32, &Device::Cpu)
        .unwrap()
        .reshape((2, 3))
        .unwrap()
}

/// Address of the tensor's first element.
fn address(tensor: &Tensor) -> usize {
    let (storage, layout) = tensor.storage_and_layout();
    let Storage::Cpu(CpuStorage::F32(all)) = &*storage else {
        panic!("not f32 on the CPU")
    };
    all[layout.start_offset()..].as_ptr() as usize
}

#[test]
fn without_a_sink_the_tensor_is_its_own_answer() -> Result<()> {
    deaf(|| {
        let x = tensor();
        assert_eq!(tap::tap("x", &x)?.id(), x.id());
        Ok(())
    })
}

#[test]
fn a_sink_that_keeps_the_tensor_changes_nothing() {
    listen([], || {
        let x = tensor();
        assert_eq!(tap::tap("x", &x).unwrap().id(), x.id());
    });
}

#[test]
fn the_sink_is_told_everything() {
    let records = listen([], || {
        tap::scope("blocks.3", || tap::tap("attn", &tensor())).unwrap();
    });
    let line = u64::from(line!()) - 2;
    let [record] = &records[..] else {
        panic!("{records:?}")
    };
    assert_eq!(
        (record.name.as_str(), record.kind.as_str()),
        ("blocks.3.attn", "tap")
    );
    assert_eq!((record.file.as_str(), record.line), (file!(), line));
    assert_eq!(
        (record.dtype.as_str(), &record.shape[..]),
        ("f32", &[2, 3][..])
    );
    assert_eq!(record.f32(), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
}

#[test]
fn an_output_has_the_name_of_its_scope() {
    let records = listen([], || {
        tap::scope("blocks.3", || tap::output(&tensor())).unwrap();
    });
    assert_eq!(records[0].name, "blocks.3");
}

#[test]
fn a_contiguous_tensor_is_shown_in_place() -> Result<()> {
    let rows = tensor().narrow(0, 1, 1)?;
    let records = listen([], || {
        tap::tap("rows", &rows).unwrap();
    });
    assert_eq!(records[0].address, address(&rows));
    assert_eq!(records[0].f32(), [3.0, 4.0, 5.0]);
    Ok(())
}

#[test]
fn another_layout_is_shown_row_major() -> Result<()> {
    let turned = tensor().t()?;
    let records = listen([], || {
        tap::tap("turned", &turned).unwrap();
    });
    assert_eq!(records[0].shape, [3, 2]);
    assert_eq!(records[0].f32(), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
    Ok(())
}

#[test]
fn a_replacement_takes_the_place_of_the_tensor() {
    let new = [9.0, 8.0, 7.0, 6.0, 5.0, 4.0];
    listen([("x", bytes(&new))], || {
        let answer = tap::tap("x", &tensor().t().unwrap()).unwrap();
        assert_eq!(
            answer.to_vec2::<f32>().unwrap(),
            [[9.0, 8.0], [7.0, 6.0], [5.0, 4.0]]
        );
    });
}

#[test]
fn every_dtype_has_its_name() -> Result<()> {
    use DType::{BF16, F16, F32, F64, I16, I32, I64, U8, U32};
    let dtypes = [U8, U32, I16, I32, I64, BF16, F16, F32, F64];
    let tensors = dtypes.map(|dtype| Tensor::ones((2, 3), dtype, &Device::Cpu).unwrap());
    let records = listen([], || {
        for tensor in &tensors {
            assert_eq!(tap::tap("x", tensor).unwrap().dtype(), tensor.dtype());
        }
    });
    let seen = records
        .iter()
        .map(|record| (record.dtype.as_str(), record.data.len()));
    let want = dtypes.map(|dtype| (dtype.as_str(), 6 * dtype.size_in_bytes()));
    assert_eq!(seen.collect::<Vec<_>>(), want);
    Ok(())
}

#[test]
fn a_tensor_may_be_empty_or_a_scalar() -> Result<()> {
    let (empty, scalar) = (
        Tensor::zeros((0, 3), DType::F32, &Device::Cpu)?,
        Tensor::new(1f32, &Device::Cpu)?,
    );
    let records = listen([], || {
        tap::tap("empty", &empty).unwrap();
        tap::tap("scalar", &scalar).unwrap();
    });
    assert_eq!(
        (&records[0].shape[..], records[0].data.len()),
        (&[0, 3][..], 0)
    );
    assert_eq!(
        (&records[1].shape[..], records[1].f32()),
        (&[][..], vec![1.0])
    );
    Ok(())
}

#[test]
fn threads_may_tap_at_once() {
    let records = listen([], || {
        std::thread::scope(|threads| {
            for thread in 0..4 {
                threads.spawn(move || {
                    for _ in 0..25 {
                        tap::scope(&format!("t{thread}"), || tap::tap("x", &tensor())).unwrap();
                    }
                });
            }
        });
    });
    assert_eq!(records.len(), 100);
    for thread in 0..4 {
        let name = format!("t{thread}.x");
        assert_eq!(
            records.iter().filter(|record| record.name == name).count(),
            25
        );
    }
}
