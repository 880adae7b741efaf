export const median = (numbers) => {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

export const round = (value, digits = 2) => Number(value.toFixed(digits));

export const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** Between which of the sorted numbers the median of all that could be measured lies, 95 times in 100. */
export const intervalOfMedian = (numbers) => {
  const sorted = numbers.toSorted((a, b) => a - b);
  const reach = 0.98 * Math.sqrt(sorted.length);
  const at = (rank) => sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(rank)))];
  return [at((sorted.length - 1) / 2 - reach), at((sorted.length - 1) / 2 + reach)];
};
