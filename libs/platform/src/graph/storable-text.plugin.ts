import type { ApolloServerPlugin } from '@apollo/server';
import { invalidInput, unsuitable, type GivenValue } from './request-values.js';

/** PostgreSQL stores neither NUL nor half a surrogate pair. */
const isStorable = (value: GivenValue): boolean =>
  typeof value !== 'string' || (!value.includes('\0') && value.isWellFormed());

/** Refuses text that could not be stored, by the place where it stands, before any resolver sees it. */
export const storableText: ApolloServerPlugin = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ request, document }) => {
      const fault = unsuitable(document, request.variables, isStorable);
      if (fault === undefined) return;
      throw invalidInput(`${fault}: text may hold neither NUL characters nor unpaired surrogates.`);
    },
  }),
};
