import { readdirSync, readFileSync } from 'node:fs';

/** What /proc says of a process and all that descend from it (Linux). */
export interface TreeUsage {
  /** Resident bytes, shared pages counted in each process. */
  readonly rssBytes: number;
  /** Processor time in seconds, user and system. */
  readonly cpuSeconds: number;
}

const TICKS_PER_SECOND = 100;

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Usage of the tree now. @throws Error where there is no /proc */
export function treeUsage(root: number): TreeUsage {
  let rssBytes = 0;
  let ticks = 0;
  const visit = (pid: number): void => {
    const stat = read(`/proc/${pid}/stat`);
    const status = read(`/proc/${pid}/status`);
    if (stat === undefined || status === undefined) return;
    rssBytes += Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
    // the name, in brackets, may contain spaces; user and system time are fields 14 and 15
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[11]) + Number(fields[12]);
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      for (const child of (read(`/proc/${pid}/task/${thread}/children`) ?? '').split(' ')) if (child !== '') visit(Number(child));
    }
  };
  visit(root);
  if (rssBytes === 0) throw new Error(`/proc says nothing of process ${root}`);
  return { rssBytes, cpuSeconds: ticks / TICKS_PER_SECOND };
}
