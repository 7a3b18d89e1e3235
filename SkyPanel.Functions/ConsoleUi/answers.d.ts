/** What each route of openapi.json answers, by its path. For the type check only (OpenApi/check.sh makes openapi.d.ts): nothing of it is served. */
import type { components, paths } from '../../.local/openapi';

export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];

type Method = 'get' | 'post' | 'put' | 'delete';
type Segments<P extends string> = P extends `${infer Head}/${infer Rest}` ? [Head, ...Segments<Rest>] : [P];
type Fits<Said extends unknown[], Known extends unknown[]> =
  Said extends [infer S, ...infer SaidRest]
    ? Known extends [infer K, ...infer KnownRest] ? (K extends `{${string}}` ? Fits<SaidRest, KnownRest> : S extends K ? Fits<SaidRest, KnownRest> : false) : false
    : Known extends [] ? true : false;
type Route<P extends string> = P extends `${infer Path}?${string}` ? Route<Path> : P extends keyof paths ? P : { [K in keyof paths]: Fits<Segments<P>, Segments<K>> extends true ? K : never }[keyof paths];
type Json<Operation> = Operation extends { responses: infer All } ? { [Status in keyof All]: Status extends 200 | 201 | 202
  ? All[Status] extends { content: { 'application/json': infer Body } } ? Body : never : never }[keyof All] : never;

/** The JSON of an answer that isn't a refusal; `never` for a path that no route has. */
export type Answer<P extends string, M extends Method = 'get'> = P extends string ? { [K in Route<P>]: Json<paths[K][M]> }[Route<P>] : never;

/** A row of a list of an answer. */
export type Row<P extends string, List extends keyof Answer<P>> = Answer<P>[List] extends (infer One)[] ? One : never;
