/** Which model a figure came from. */
export type Model =
  /** Lead by lead, with the deciders, policies and processes of the service. */
  | 'exact'
  /** Days and counts instead of single leads, with the service’s own terms and the functions of its ledger. */
  | 'counted'
  /** The hits of a wire alone, drawn lead by lead, before a watch’s statistic: no allowance, no mode. */
  | 'wire'
  /** Nothing was played: it is reckoned from the terms or the law. */
  | 'formula';

/** As reports say it. */
export const MODEL_TEXTS: Readonly<Record<Model, string>> = {
  exact: 'exact, lead by lead',
  counted: 'count-level',
  wire: 'hits of a wire alone',
  formula: 'a formula',
};

/** `exact, lead by lead; count-level`: each once, in the order in which they come. */
export function modelsText(models: Iterable<Model>): string {
  return [...new Set(models)].map((model) => MODEL_TEXTS[model]).join('; ');
}
