/** Injection token of the object store that artefacts lie in. */
export const OBJECT_STORE = Symbol('object store of registry');

/** What manifests name as the code that wrote them. */
export const CODE_VERSION = '0.1.0';

/** Who is recorded for a mutation until authentication is there. */
export const ANONYMOUS = 'anonymous';
