import { SignalboxError } from '@signalbox/contracts';
import { invalid } from './invalid.js';
import { isPanel, type Labeler, type PanelSettings } from './labeler.js';
import type { CreateLabelerInput } from './labeler.input.js';

/** What its judges have, each its own. */
const OF_ONE_JUDGE = [
  ...(['model', 'baseUrl', 'credentials', 'rubric', 'referenceFrom'] as const),
  ...(['inputPrice', 'outputPrice', 'timeoutSeconds', 'concurrency'] as const),
];

/** @throws SignalboxError NOT_FOUND (a judge), INVALID_INPUT */
export function panelSettingsOf(input: CreateLabelerInput, known: readonly Labeler[]): PanelSettings {
  const { panel, escalateTo, allowUncalibrated } = input;
  const given = OF_ONE_JUDGE.find((field) => input[field] !== null && input[field] !== undefined);
  if (given) throw invalid(`${given}: each judge of a panel has its own; leave it out`);
  const names = panel ?? [];
  if (new Set(names).size !== names.length) throw invalid('panel: names a judge twice');
  if (escalateTo && names.includes(escalateTo)) throw invalid('escalateTo: sits on the panel; name another judge');
  return {
    members: names.map((name) => seatOf('panel', name, known)),
    escalation: escalateTo ? seatOf('escalateTo', escalateTo, known) : null,
    allowUncalibrated: allowUncalibrated ?? false,
  };
}

function seatOf(field: string, name: string, known: readonly Labeler[]): PanelSettings['members'][number] {
  const judge = known.find((labeler) => labeler.name === name);
  if (judge?.kind !== 'JUDGE')
    throw new SignalboxError('NOT_FOUND', `${field}: there is no judge named ${JSON.stringify(name)}.`);
  if (isPanel(judge)) throw invalid(`${field}: ${JSON.stringify(name)} is a panel itself; name judges`);
  return { name, settings: judge.settings };
}
