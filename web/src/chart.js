// The charts' library, fetched by the one page that draws them.
export { default } from 'uplot';
