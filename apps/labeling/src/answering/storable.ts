/** A text as PostgreSQL can hold it: models and clients now and then send a NUL, or half of a surrogate pair. */
export const storable = (text: string): string => text.replaceAll('\0', '').toWellFormed();
