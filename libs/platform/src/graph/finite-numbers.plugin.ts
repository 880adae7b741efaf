import type { ApolloServerPlugin } from '@apollo/server';
import { invalidInput, unsuitable, type GivenValue } from './request-values.js';

const isFiniteOrText = (value: GivenValue): boolean => typeof value !== 'number' || Number.isFinite(value);

/**
 * Refuses a number such as 1e400, which reads as infinite. GraphQL's own Float takes it as a literal, and the gateway then cannot
 * write it into the request to a service.
 */
export const finiteNumbers: ApolloServerPlugin = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ request, document }) => {
      const fault = unsuitable(document, request.variables, isFiniteOrText);
      if (fault === undefined) return;
      throw invalidInput(`${fault}: the number is too large; give one between -1.79e308 and 1.79e308.`);
    },
  }),
};
