/** What kind of work a route does, in the words of the AI catalogue's clients. */
export function taskTypeOf(endpoint: string): string {
  if (endpoint.endsWith('/embeddings')) return 'text-embeddings';
  if (endpoint.endsWith('/summarize')) return 'summarization';
  if (endpoint.endsWith('/translate')) return 'translation';
  return 'text-generation';
}
