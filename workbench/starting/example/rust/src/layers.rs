//! The layers, each on rows that lie one after the other.

const EPS: f32 = 1e-5;

/// Layer norm over rows of `weight.len()` elements.
pub fn norm(x: &[f32], weight: &[f32], bias: &[f32]) -> Vec<f32> {
    let size = weight.len();
    let mut y = Vec::with_capacity(x.len());
    for row in x.chunks(size) {
        let mean = row.iter().sum::<f32>() / size as f32;
        let variance = row.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / size as f32;
        let scale = 1.0 / (variance + EPS).sqrt();
        y.extend((0..size).map(|i| (row[i] - mean) * scale * weight[i] + bias[i]));
    }
    y
}

/// `x` weightᵀ + bias; `weight` is [out, in].
pub fn linear(x: &[f32], weight: &[f32], bias: &[f32]) -> Vec<f32> {
    let inputs = weight.len() / bias.len();
    let dot = |row: &[f32], column: &[f32]| row.iter().zip(column).map(|(a, b)| a * b).sum::<f32>();
    let mut y = Vec::with_capacity(x.len() / inputs * bias.len());
    for row in x.chunks(inputs) {
        y.extend(
            weight
                .chunks(inputs)
                .zip(bias)
                .map(|(column, bias)| dot(row, column) + bias),
        );
    }
    y
}

/// GELU by its tanh approximation.
pub fn gelu(x: &[f32]) -> Vec<f32> {
    const SCALE: f32 = 0.797_884_6; // √(2/π)
    let one = |x: f32| 0.5 * x * (1.0 + (SCALE * (x + 0.044_715 * x.powi(3))).tanh());
    x.iter().copied().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_normed_row_has_mean_zero() {
        let y = norm(&[1.0, 2.0, 3.0, 6.0], &[1.0; 4], &[0.0; 4]);
        assert!(y.iter().sum::<f32>().abs() < 1e-6);
    }
}
