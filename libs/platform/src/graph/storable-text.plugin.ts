import type { ApolloServerPlugin } from '@apollo/server';
import { ERROR_CODES } from '@signalbox/contracts';
import { GraphQLError, visit, type DocumentNode } from 'graphql';

/** PostgreSQL stores neither NUL nor half a surrogate pair. */
const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

function faultIn(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : path;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, member] of Object.entries(value)) {
    const found = isStorable(key) ? faultIn(member, `${path}.${key}`) : path;
    if (found !== undefined) return found;
  }
  return undefined;
}

function faultInLiterals(document: DocumentNode): string | undefined {
  let fault: string | undefined;
  visit(document, {
    Argument: (argument) => {
      visit(argument, {
        StringValue: ({ value }) => {
          if (!isStorable(value)) fault ??= argument.name.value;
        },
      });
    },
  });
  return fault;
}

/** Refuses text that could not be stored, by the place where it stands, before any resolver sees it. */
export const storableText: ApolloServerPlugin = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ request, document }) => {
      const fault = faultIn(request.variables ?? {}, 'variables') ?? faultInLiterals(document);
      if (fault === undefined) return;
      throw new GraphQLError(`${fault}: text may hold neither NUL characters nor unpaired surrogates.`, {
        extensions: { code: 'INVALID_INPUT', nextStep: ERROR_CODES.INVALID_INPUT, http: { status: 400 } },
      });
    },
  }),
};
