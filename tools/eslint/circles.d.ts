import type { Rule } from 'eslint'

export declare const circlesRule: Rule.RuleModule
