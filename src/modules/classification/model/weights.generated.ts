/** Written by `npm run train`; see model-file.ts. */
export const MODEL_DATA =
  '';
