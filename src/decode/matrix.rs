//! The little linear algebra that a few channels need: matrices as lists of rows.

/// The lower triangle L with `L L^T = a`, for `a` symmetric; what is not positive on the way (of
/// channels that repeat others) is raised to `1e-9` of the largest diagonal entry.
pub(super) fn cholesky(a: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let largest = a.iter().enumerate().map(|(i, row)| row[i]).fold(f64::MIN_POSITIVE, f64::max);
    let mut l = vec![vec![0.0; a.len()]; a.len()];
    for i in 0..a.len() {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| l[i][k] * l[j][k]).sum();
            let rest = a[i][j] - sum;
            l[i][j] = if i == j { rest.max(1e-9 * largest).sqrt() } else { rest / l[j][j] };
        }
    }
    l
}

/// Solves `L y = x` in place.
pub(super) fn forward(l: &[Vec<f64>], x: &mut [f64]) {
    for i in 0..x.len() {
        let sum: f64 = (0..i).map(|k| l[i][k] * x[k]).sum();
        x[i] = (x[i] - sum) / l[i][i];
    }
}

/// The largest eigenvalue of `M M^T`, by power iteration from the longest row.
pub(super) fn largest_eigenvalue(m: &[Vec<f64>]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let longest = m.iter().max_by(|a, b| dot(a, a).total_cmp(&dot(b, b)));
    let mut v = longest.cloned().unwrap_or_default();
    let mut eigenvalue = 0.0;
    for _ in 0..40 {
        let norm = dot(&v, &v).sqrt().max(f64::MIN_POSITIVE);
        for x in &mut v {
            *x /= norm;
        }
        let mut next = vec![0.0; v.len()];
        for row in m {
            let along = dot(row, &v);
            next.iter_mut().zip(row).for_each(|(n, x)| *n += along * x);
        }
        eigenvalue = dot(&v, &next);
        v = next;
    }
    eigenvalue
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_by_hand() {
        let l = cholesky(&[vec![4.0, 2.0], vec![2.0, 10.0]]);
        assert_eq!(l, [vec![2.0, 0.0], vec![1.0, 3.0]]);
        let mut x = [2.0, 7.0];
        forward(&l, &mut x);
        assert_eq!(x, [1.0, 2.0]);
        // Rows (3, 0) and (4, 5): the eigenvalues of M M^T are 45 and 5.
        assert!((largest_eigenvalue(&[vec![3.0, 0.0], vec![4.0, 5.0]]) - 45.0).abs() < 1e-9);
    }

    #[test]
    fn a_channel_twice_does_no_harm() {
        let l = cholesky(&[vec![1.0, 1.0], vec![1.0, 1.0]]);
        assert!(l[1][1] > 0.0);
    }
}
