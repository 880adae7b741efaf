export { compose, subgraphSdl } from './subgraphs.js';
