/** Keys of an indexed family, taken apart: `gen_ai.prompt.0.content` is `content` of the first below `gen_ai.prompt`. */
export interface FamilyTree {
  /** Key that holds the value here, which what lies below does not replace. */
  key: string | undefined;
  members: readonly (readonly [string, FamilyTree])[];
  /** Every member is numbered, and they are in that order. */
  isList: boolean;
}

export interface FamilyKey {
  key: string;
  /** Names below the family. */
  path: readonly string[];
}

const INDEX = /^\d{1,6}$/;

/** Keys that do not begin with an index, or that would name an object's machinery, are left out. */
export function familyTree(keys: readonly FamilyKey[]): FamilyTree {
  return grow(keys.filter(({ path }) => INDEX.test(path[0] ?? '') && !path.includes('__proto__')));
}

function grow(keys: readonly FamilyKey[]): FamilyTree {
  const below = new Map<string, FamilyKey[]>();
  for (const { key, path } of keys) {
    const [name, ...rest] = path;
    if (name === undefined) continue;
    const list = below.get(name);
    if (list === undefined) below.set(name, [{ key, path: rest }]);
    else list.push({ key, path: rest });
  }
  const isList = below.size > 0 && [...below.keys()].every((name) => INDEX.test(name));
  const members = [...below].map(([name, list]): [string, FamilyTree] => [name, grow(list)]);
  return {
    key: keys.find(({ path }) => path.length === 0)?.key,
    members: isList ? members.sort(([a], [b]) => Number(a) - Number(b)) : members,
    isList,
  };
}
