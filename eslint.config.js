export { default } from '@mttcg/eslint-config';
