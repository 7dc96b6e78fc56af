import type { Rule } from 'eslint'

export declare const noLiteralSpread: Rule.RuleModule
export declare const noTuplePacking: Rule.RuleModule
