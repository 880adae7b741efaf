/** Of the body of a request, MB of 2^20 bytes: the ground truth and the candidates of a whole team in one mutation. */
export const MAX_REQUEST_MB = 8;
