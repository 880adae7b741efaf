export { publishedViewsPage } from './published-views.js';
export { compose, subgraphSdl } from './subgraphs.js';
