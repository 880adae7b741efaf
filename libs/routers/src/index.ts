export { choose, fallsBack } from './choose.js';
export { constantFitter } from './constant.js';
export type { OutOfFold, RouterFitter, RouterParams } from './fitter.js';
export { knnFitter } from './knn.js';
export { matrixOf, matrixOfOutcomes, selectRows, type LeftOut, type TrainingMatrix } from './matrix.js';
export type { FittedModel, Prediction, RouterType, Tensor } from './model.js';
export { fromOnnx, toOnnx, type ModelHeader } from './onnx.js';
export { predict } from './predict.js';
export { ridgeFitter } from './ridge.js';
