import { SignalboxError } from '@signalbox/contracts';
import { Command, InvalidArgumentError, Option } from 'commander';

export const DEFAULT_SEED = 7;

export interface QuickstartOptions {
  once: boolean;
  json: boolean;
  timings: boolean;
  scenario: 'default' | 'no-signal';
  seed: number;
  jaeger?: string;
  service?: string;
  judgeUrl?: string;
  judgeModel?: string;
  replayUrl?: string;
  port?: number;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('must be a whole number.');
  return value;
}

function httpUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new InvalidArgumentError('must be an http:// or https:// address.');
  }
  return text.replace(/\/+$/, '');
}

function port(text: string): number {
  const value = wholeNumber(text);
  if (value > 65_535) throw new InvalidArgumentError('must be a port, 0 to 65535.');
  return value;
}

/**
 * Reads the command line; commander prints help and faults itself and exits.
 * @throws SignalboxError INVALID_INPUT for flags that do not go together
 */
export function quickstartOptions(argv: readonly string[]): QuickstartOptions {
  const options = commandLine(argv);
  const own = options.jaeger !== undefined;
  const alone = (['service', 'judgeUrl', 'judgeModel', 'replayUrl'] as const).filter(
    (flag) => options[flag] !== undefined,
  );
  const flag = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const refuse = (message: string) => new SignalboxError('INVALID_INPUT', message);
  if (!own && alone.length > 0) throw refuse(`${alone.map(flag).join(', ')}: only with --jaeger, for your own traces.`);
  if (own && options.scenario !== 'default')
    throw refuse('--scenario is of the sample traffic; leave it out with --jaeger.');
  if ((options.judgeUrl === undefined) !== (options.judgeModel === undefined)) {
    throw refuse('--judge-url and --judge-model belong together.');
  }
  return options;
}

function commandLine(argv: readonly string[]): QuickstartOptions {
  return new Command('quickstart')
    .description('Runs the whole loop, from traces to a gated router that decides, and prints a report.')
    .option('--once', 'exit when the report is printed, instead of staying up', false)
    .option('--json', 'print one JSON object as the last line of standard output', false)
    .option('--timings', 'add the seconds of each stage to the JSON object', false)
    .addOption(
      new Option('--scenario <name>', 'which sample traffic').choices(['default', 'no-signal']).default('default'),
    )
    .option('--seed <n>', 'seed of the sample traffic and of everything drawn at random', wholeNumber, DEFAULT_SEED)
    .option('--port <n>', 'port of the GraphQL address', port)
    .option('--jaeger <url>', 'read your own Jaeger instead of sample traffic', httpUrl)
    .option('--service <name>', 'service name in your Jaeger (all services when left out)')
    .option('--judge-url <url>', 'OpenAI-style base URL of a judge for your own calls', httpUrl)
    .option('--judge-model <name>', 'model of that judge')
    .option('--replay-url <url>', 'OpenAI-style base URL that your candidates are asked through', httpUrl)
    .parse(argv)
    .opts<QuickstartOptions>();
}
