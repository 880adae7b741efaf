/** The GraphQL that quickstart sends; a user may paste each into the explorer. */
const PROBLEM = 'problem { code message nextStep }';
const PROGRESS = 'progress { done total unit costUsd }';
const EXTRACTION = `id status ${PROGRESS} ${PROBLEM} spansRead callsStored callsDuplicate spansMerged complete
  skipped { reason count }
  coverage { calls withQuery withResponse withModel withTokens withCost withPropensity }`;

export const CREATE_SOURCE = `mutation CreateSource($input: CreateTraceSourceInput!) { createTraceSource(input: $input) { id } }`;
export const EXTRACT = `mutation Extract($input: ExtractTracesInput!) { extractTraces(input: $input) { id } }`;
export const EXTRACTION_PROGRESS = `query Extraction($id: ID!) { extraction(id: $id) { ${EXTRACTION} } }`;
export const ALL_EXTRACTIONS = `query AllExtractions { traceSources { extractions(first: 200) { edges { node { ${EXTRACTION} } } } } }`;
export const CALLS_BY = `query CallsBy($groupBy: CallGroup!) { callStats(groupBy: $groupBy) { key calls } }`;
export const CREATE_LABELER = `mutation CreateLabeler($input: CreateLabelerInput!) { createLabeler(input: $input) { name } }`;
export const LABEL = `mutation Label($input: LabelCallsInput!) { labelCalls(input: $input) { id } }`;
export const LABELING_PROGRESS = `query Labeling($id: ID!) { labelingRun(id: $id) { id status ${PROGRESS} ${PROBLEM} labelled abstained } }`;
export const LABEL_COUNTS = `query LabelCounts { labelCounts { kind labels abstained } }`;
export const CREATE_ROUTER = `mutation CreateRouter($input: CreateRouterInput!) { createRouter(input: $input) { name champion { version } } }`;
export const TRIGGER_RETRAIN = `mutation Retrain($input: TriggerRetrainInput!) { triggerRetrain(input: $input) { id } }`;
export const RETRAIN_PROGRESS = `query RetrainProgress($id: ID!) { retrain(id: $id) {
  id status ${PROBLEM} version { version routerType
    gate { passed power promptsNeeded checks { name passed measured required } }
    trainingRun { evaluation {
      method prompts aiq effectiveSampleSize unsupportedShare notes refused { code message nextStep }
      results { policy quality qualityCi95 costUsdPerCall gainOverBestSingle gainCi95 gapRecovered share savedNetUsdPerCall
        asPeople { gainOverBestSingle gainCi95 } }
      frontier { policy tradeoff quality costUsdPerCall }
    } } }
  stages { stage status ${PROGRESS} startedAt finishedAt output ${PROBLEM} } } }`;
export const CHAMPION = `query Champion($name: String!) { router(name: $name) { champion { version routerType } candidates { name } } }`;
export const DECIDE = `query Decide($router: String!, $query: String!, $sessionId: String) { decide(router: $router, query: $query, sessionId: $sessionId) {
  candidate propensity explored fellBack masked routerVersion decidedInMicroseconds
  scores { candidate expectedQuality expectedCostUsd probability } } }`;
export const ONE_PROMPT = `query OnePrompt { llmCalls(first: 1, filter: { status: [OK] }) { edges { node { query } } } }`;
