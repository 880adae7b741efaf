import { Command } from 'commander';
import { SignalboxError } from '@signalbox/contracts';
import { evaluateCommand } from './evaluate.command.js';
import { inspectCommand } from './inspect.command.js';

const initCwd = process.env['INIT_CWD'];

const program = new Command('signalbox')
  .description('Reads LLM calls out of trace files and fits routers on outcome matrices, offline.')
  .addCommand(inspectCommand({ initCwd }))
  .addCommand(evaluateCommand({ initCwd }));

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof SignalboxError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n  Next: ${error.nextStep}\n`);
  process.exitCode = 1;
}
