import type { Reporter, TestModule } from 'vitest/node';

// Vitest's own summary hides which tests were skipped, and `.ci/run` adds up closing lines of the form
// `N passed, N failed`.
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    const skipped: string[] = [];
    for (const module of modules) {
      failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const state = test.result().state;
        if (state === 'passed') passed += 1;
        else if (state === 'skipped') skipped.push(`${module.relativeModuleId}: ${test.fullName}`);
        else failed += 1;
      }
    }
    const lines = skipped.map((name) => `skipped: ${name}`);
    const closing = `${passed} passed, ${failed} failed`;
    lines.push(skipped.length > 0 ? `${closing}, ${skipped.length} skipped` : closing);
    process.stdout.write(`${lines.join('\n')}\n`);
  }
}
