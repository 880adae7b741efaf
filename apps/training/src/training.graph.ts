/** Marks the GraphQL types of this service; see `subgraph` in libs/platform. */
export class TrainingGraph {}
