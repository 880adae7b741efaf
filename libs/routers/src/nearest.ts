let scratch = new Float32Array(0);

/**
 * The k rows of the highest similarity, in rising order of their index; of equals at the border the lower index wins, as ONNX's
 * TopK has it. Quickselect finds the border without sorting all rows.
 */
export function nearestRows(similarities: Float32Array, n: number, k: number): Int32Array {
  const wanted = Math.min(k, n);
  if (wanted <= 0) return new Int32Array(0);
  if (scratch.length < n) scratch = new Float32Array(n);
  const border = kthLargest(scratch, similarities, n, wanted);
  let above = 0;
  for (let i = 0; i < n; i += 1) if (similarities[i]! > border) above += 1;
  let atBorder = wanted - above;
  const rows = new Int32Array(wanted);
  let taken = 0;
  for (let i = 0; i < n && taken < wanted; i += 1) {
    const value = similarities[i]!;
    if (value > border || (value === border && atBorder-- > 0)) rows[taken++] = i;
  }
  return rows;
}

function kthLargest(work: Float32Array, values: Float32Array, n: number, k: number): number {
  for (let i = 0; i < n; i += 1) work[i] = values[i]!;
  let low = 0;
  let high = n - 1;
  const target = k - 1;
  while (low < high) {
    const a = work[low]!;
    const b = work[(low + high) >> 1]!;
    const c = work[high]!;
    const pivot = a > b ? (b > c ? b : a > c ? c : a) : a > c ? a : b > c ? c : b;
    let left = low;
    let right = high;
    while (left <= right) {
      while (work[left]! > pivot) left += 1;
      while (work[right]! < pivot) right -= 1;
      if (left <= right) {
        const swap = work[left]!;
        work[left] = work[right]!;
        work[right] = swap;
        left += 1;
        right -= 1;
      }
    }
    if (target <= right) high = right;
    else if (target >= left) low = left;
    else break;
  }
  return work[target]!;
}
