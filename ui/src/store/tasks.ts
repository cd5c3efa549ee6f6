/** How a task event changes the list of tasks; pure. */

import type { TaskEvent, TaskView } from "$bindings";

/** States that end by themselves when the work goes on. */
const waits = new Set<TaskView["state"]["kind"]>(["queued", "retrying", "waitsForNetwork"]);

/** The list after the event; newest first, the same list when nothing changed. */
export function applyTaskEvent(tasks: readonly TaskView[], event: TaskEvent): readonly TaskView[] {
  switch (event.kind) {
    case "started":
      return put(tasks, event.task);
    case "changed":
    case "finished":
      return put(tasks, event.task);
    case "progress":
      return change(tasks, event.id, (task) => ({
        ...task,
        progress: event.progress,
        state: waits.has(task.state.kind) ? { kind: "running" } : task.state,
      }));
    case "needsInput":
      return change(tasks, event.id, (task) => ({
        ...task,
        state: { kind: "needsInput", need: event.need },
      }));
    case "log":
      return tasks;
  }
}

/** Whether the task still works or waits. */
export function isOpen(task: TaskView): boolean {
  const kind = task.state.kind;
  return kind !== "done" && kind !== "failed" && kind !== "cancelled";
}

function put(tasks: readonly TaskView[], task: TaskView): readonly TaskView[] {
  const at = tasks.findIndex((other) => other.id === task.id);
  return at < 0 ? [task, ...tasks] : tasks.with(at, task);
}

function change(
  tasks: readonly TaskView[],
  id: number,
  how: (task: TaskView) => TaskView,
): readonly TaskView[] {
  const at = tasks.findIndex((task) => task.id === id);
  const task = tasks[at];
  return task && isOpen(task) ? tasks.with(at, how(task)) : tasks;
}
