import type { Rule } from 'eslint';

export declare const FOUNDATIONS: readonly string[];
export declare const MODULE_IMPORTS: Readonly<Record<string, readonly string[]>>;
export declare function findViolation(importer: string, imported: string): string | undefined;
export declare const moduleBoundaries: Rule.RuleModule;
