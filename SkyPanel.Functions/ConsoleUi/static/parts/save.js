// @ts-check
import { download } from '../api.js';

/** Saves a file of the API, such as a CSV. @param {string} path @param {string} name @param {{ notify: (text: string, kind?: string) => void }} app */
export async function save(path, name, app) {
  try {
    const anchor = document.createElement('a');
    anchor.href = URL.createObjectURL(await download(path));
    anchor.download = name;
    anchor.click();
    URL.revokeObjectURL(anchor.href);
  } catch (error) {
    app.notify(/** @type {Error} */ (error).message, 'bad');
  }
}
