/** A task's texts are copied into the worker's heap. */
const TASK_TEXTS = 256;
const TASK_CHARACTERS = 1_000_000;

/** Texts in their order, in slices that a worker takes at once. */
export function taskSlices(texts: readonly string[]): string[][] {
  const tasks: string[][] = [];
  let task: string[] = [];
  let characters = 0;
  for (const text of texts) {
    if (task.length === TASK_TEXTS || (task.length > 0 && characters + text.length > TASK_CHARACTERS)) {
      tasks.push(task);
      task = [];
      characters = 0;
    }
    task.push(text);
    characters += text.length;
  }
  return task.length > 0 ? [...tasks, task] : tasks;
}
