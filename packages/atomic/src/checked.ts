declare const MTTCG_CHECKED: boolean;

/**
 * Whether this is the build with the checks of arguments on hot paths: the one for the export condition `development`. In a
 * file of its own and first in it, as only there the bundler puts the value itself into those who import it.
 */
export const CHECKED: boolean = typeof MTTCG_CHECKED === 'undefined' ? true : MTTCG_CHECKED;
