/** Where a trained model lies before it is registered. */
export const modelKey = (sha256: string): string => `models/${sha256}/model.onnx`;
