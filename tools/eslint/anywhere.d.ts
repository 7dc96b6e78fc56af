import type { Rule } from 'eslint'

export declare const anywhereRule: Rule.RuleModule
