import { CommanderError, type Command } from 'commander';
import { SignalboxError } from '@signalbox/contracts';

/** A failure as every command prints it on standard error. */
export function describeFailure({ code, message, nextStep }: SignalboxError): string {
  return `${code}: ${message}\n  Next: ${nextStep}\n`;
}

/** The system's name of an error, such as `ENOENT`; null for an error that is not the system's. */
export function systemCode(error: unknown): string | null {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  return typeof code === 'string' && /^E[A-Z\d]+$/.test(code) ? code : null;
}

/** Makes what commander finds wrong with the arguments of a command, or of one below it, a failure like the others. */
export function refuseBadUsage(command: Command): Command {
  const help = [...ancestors(command), '--help'].join(' ');
  command.configureOutput({ outputError: () => undefined }).exitOverride((error) => {
    if (error.exitCode === 0) throw error;
    throw new SignalboxError('INVALID_INPUT', usageMessage(error), `npm run ${help} lists what there is.`);
  });
  command.commands.forEach(refuseBadUsage);
  return command;
}

/** `signalbox -- evaluate`: npm takes options before the dashes for its own. */
function ancestors(command: Command): string[] {
  return command.parent === null ? [command.name(), '--'] : [...ancestors(command.parent), command.name()];
}

function usageMessage({ code, message }: CommanderError): string {
  if (code === 'commander.help') return 'No command was named.';
  return message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ');
}
