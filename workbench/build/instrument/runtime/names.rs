//! From a checkpoint key to PyTorch's path of the module that owns it.

/// A key that is no plain parameter (`in_proj_weight`) stays whole.
pub(super) fn module(key: &str) -> &str {
    let (path, last) = key.rsplit_once('.').unwrap_or(("", key));
    match last.split('_').next().unwrap_or(last) {
        "weight" | "bias" | "gamma" | "beta" | "running" => path,
        "original0" | "original1" | "original" => path
            .rsplit_once(".parametrizations.")
            .map_or(path, |(owner, _)| owner),
        _ => key,
    }
}

/// The first output of a recurrent module: `rnn.weight_ih_l0` → `rnn.0`. Where torch's module goes on with this
/// layer's output, because a further layer or another direction `was_read` too, it is `rnn.l0`.
pub(super) fn sequence(key: &str, was_read: impl Fn(&str) -> bool) -> String {
    let (path, level) = key.rsplit_once("weight_ih_").unwrap_or((key, ""));
    let number = level
        .strip_prefix('l')
        .and_then(|n| n.parse::<usize>().ok());
    let ends = number.is_some_and(|n| {
        let after = [format!("l{}", n + 1), format!("{level}_reverse")];
        !after
            .iter()
            .any(|level| was_read(&format!("{path}weight_ih_{level}")))
    });
    format!("{path}{}", if ends { "0" } else { level })
}
