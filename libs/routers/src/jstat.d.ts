/** The part of jStat that is used here; the package has no types of its own. */
declare module 'jstat' {
  interface Distributions {
    studentt: { inv(probability: number, degreesOfFreedom: number): number };
    normal: {
      inv(probability: number, mean: number, standardDeviation: number): number;
      cdf(value: number, mean: number, standardDeviation: number): number;
    };
  }
  const jStat: Distributions;
  export = jStat;
}
