import { constantFitter } from './constant.js';
import { describeFitter } from './fitter.conformance.js';
import { kmeansFitter } from './kmeans.js';
import { knnFitter } from './knn.js';
import { ridgeFitter } from './ridge.js';

for (const fitter of [constantFitter, kmeansFitter, knnFitter, ridgeFitter]) describeFitter(fitter);
