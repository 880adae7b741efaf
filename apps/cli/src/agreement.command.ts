import type { Writable } from 'node:stream';
import { Command } from 'commander';
import { SignalboxError } from '@signalbox/contracts';
import {
  CALIBRATION_PAIRS,
  KAPPA_FLOOR,
  pairwiseAgreement,
  parsePairVerdicts,
  type PairwiseAgreement,
} from '@signalbox/scoring';
import { readText, userPath } from './files.js';

export interface AgreementSettings {
  /** Where the user typed the command, which paths are relative to; npm itself runs in the workspace root. */
  initCwd: string | undefined;
  stdout?: Writable;
}

/** Of the resamples of the interval: the same file prints the same bytes. */
const SEED = 1;

/** `signalbox agreement FILE`: how far a judge agrees with people on pairs of answers, offline. `--json` prints one object. */
export function agreementCommand({ initCwd, stdout = process.stdout }: AgreementSettings): Command {
  return new Command('agreement')
    .description('Measures how far a judge agrees with people on pairs of answers, offline.')
    .argument('<file>', 'JSONL of {"human": 1|2, "judge": 1|2, "judgeSwapped"?: 1|2}; relative to where you are')
    .option('--json', 'print one JSON object instead of text')
    .action(async (file: string, options: { json?: boolean }) => {
      const path = userPath(file, initCwd);
      const parsed = parsePairVerdicts(await readText(path));
      if (!parsed.ok) {
        const { code, path: place, hint } = parsed.error;
        throw new SignalboxError(
          code,
          `${path}, ${place}: ${hint}`,
          'Correct the line; each is {"human": 1, "judge": 2}.',
        );
      }
      const agreement = pairwiseAgreement(parsed.value, { seed: SEED });
      stdout.write(options.json === true ? `${JSON.stringify(agreement)}\n` : describe(agreement));
    });
}

function describe(agreement: PairwiseAgreement): string {
  const { pairs, kappa, kappaCi95, accuracy, orderConsistency, accuracyOnConsistent } = agreement;
  const lines = [
    `pairs                   ${pairs}`,
    `kappa                   ${figure(kappa)}${kappaCi95 ? `, 95 % interval ${kappaCi95.map(figure).join(' to ')}` : ''}`,
    `accuracy                ${percent(accuracy)}`,
    `order consistency       ${percent(orderConsistency)}`,
    `accuracy on consistent  ${percent(accuracyOnConsistent)}`,
    '',
    verdict(agreement),
  ];
  return `${lines.join('\n')}\n`;
}

/** As the gate of a judge decides: see docs/labeling.md. */
function verdict({ pairs, kappaCi95 }: PairwiseAgreement): string {
  if (pairs < CALIBRATION_PAIRS) return `Uncalibrated: ${CALIBRATION_PAIRS - pairs} more pairs are needed to tell.`;
  if (kappaCi95 === null) return 'Uncalibrated: the verdicts do not vary enough to tell.';
  return kappaCi95[0] >= KAPPA_FLOOR
    ? `Passes: the lower bound of kappa reaches ${KAPPA_FLOOR}.`
    : `Refused: the lower bound of kappa is below ${KAPPA_FLOOR}.`;
}

const figure = (value: number | null): string => (value === null ? 'not defined' : value.toFixed(3));
const percent = (share: number | null): string => (share === null ? 'not known' : `${(100 * share).toFixed(1)} %`);
