import { describe, expect, it } from '@jest/globals';
import { panelScore } from './panel.js';

describe('a panel', () => {
  it.each([
    [[1, 0.75], 0.875],
    [[0.5, 0.5, 0.75], 1.75 / 3],
    [[0, 0], 0],
  ])('says of %j the mean', (scores, mean) => {
    expect(panelScore(scores)).toBeCloseTo(mean, 12);
  });

  it.each([[[1, 0.5]], [[0.5, 0.75, 1]], [[0.75]], [[]]])('says of %j nothing', (scores) => {
    expect(panelScore(scores)).toBeNull();
  });
});
