/** Metadata of a metered route: the dialect that its clients speak. */
export const ROUTE_DIALECT = 'gatehouse:dialect';
