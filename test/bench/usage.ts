// What a process has cost so far, by its own and the kernel's account.
import { readFileSync } from 'node:fs';

export interface Usage {
  /** User and system time of all its threads since it began, in milliseconds. */
  cpuMs: number;
  /** The most memory it ever had (`VmHWM`), in bytes. */
  peakBytes: number;
}

export function usageNow(): Usage {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1000, peakBytes: peakBytes() };
}

function peakBytes(): number {
  // maxRSS, which Node offers, begins with what the parent had when it forked.
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kibibytes) * 1024;
}
