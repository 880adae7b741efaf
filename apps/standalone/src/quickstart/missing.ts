import type { Extraction } from './answers.js';
import type { Surroundings } from './loop.js';
import type { Missing } from './report.js';

const MOST = 0.5;
/** Fewer calls than this say next to nothing of a model. */
const CALLS_OF_A_CANDIDATE = 10;

/** The models that answered often enough to be compared. */
export function candidatesOf(callsByModel: Record<string, number>): { name: string }[] {
  return Object.entries(callsByModel)
    .filter(([model, calls]) => model !== '' && calls >= CALLS_OF_A_CANDIDATE)
    .map(([name]) => ({ name }));
}

export function tooFewCandidates(callsByModel: Record<string, number>): Missing {
  const seen = Object.entries(callsByModel).map(([model, calls]) => `${model || 'unnamed'} ${calls}`);
  return {
    what: `Candidates: a router needs two models with ${CALLS_OF_A_CANDIDATE} calls each; seen: ${seen.join(', ') || 'none'}.`,
    how: 'Read a longer window, or name the candidates yourself with createRouter.',
  };
}

/** What the traces lack of what the loop needs, each with the way to get it. */
export function missingFrom(
  extraction: Extraction,
  surroundings: Surroundings,
  labels: Record<string, number>,
): Missing[] {
  const { calls, withQuery, withResponse, withTokens, withCost, withPropensity } = extraction.coverage;
  if (calls === 0 && extraction.callsStored + extraction.callsDuplicate === 0) {
    return [
      {
        what: 'No LLM call was found in these traces.',
        how: 'Check the service name, and that your gateway exports OpenTelemetry spans of its LLM calls (docs/quickstart.md).',
      },
    ];
  }
  const lacks = (part: number) => part < MOST * calls;
  const missing: Missing[] = [];
  if (lacks(withQuery) || lacks(withResponse)) {
    missing.push({
      what: `Content: ${withQuery} of ${calls} calls have a prompt and ${withResponse} a response.`,
      how: 'In LiteLLM set message_logging on (turn_off_message_logging: false), and with its OTel v2 OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=span_only.',
    });
  }
  if (lacks(withTokens)) {
    missing.push({
      what: `Tokens: ${withTokens} of ${calls} calls have token counts.`,
      how: 'Costs cannot be estimated without them.',
    });
  }
  if (lacks(withCost)) {
    missing.push({
      what: `Cost: ${withCost} of ${calls} calls have a cost.`,
      how: 'Give prices of the candidates to createRouter; costs are then computed from tokens and marked as estimated.',
    });
  }
  if (Object.values(labels).every((count) => count === 0)) {
    missing.push({
      what: 'Labels: nothing says yet how good the answers were.',
      how: 'Send thumbs with submitFeedback, known answers with createLabeler, or give --judge-url and --judge-model.',
    });
  }
  if (withPropensity === 0) {
    missing.push({
      what: 'Propensities: the spans do not say how likely the choice of model was.',
      how: 'Have the gateway put signalbox.router.propensity on its spans (docs/honest-learning.md); until then only replays can compare models.',
    });
  }
  if (!surroundings.replayUrl) {
    missing.push({
      what: 'Replay: every prompt has the answer of one model only.',
      how: 'Give --replay-url with an OpenAI-style address that serves your candidates; docs/honest-learning.md says what it costs.',
    });
  }
  return missing;
}
