import { startUpload, type Upload, type UploadOptions } from './part-upload.ts';
import type { StoredObject } from './resumable-session.ts';

/** Uploads what `write` writes. Where it throws, no object comes of it. */
export async function uploadObject<T>(
  options: UploadOptions,
  write: (upload: Upload) => Promise<T>,
): Promise<{ stored: StoredObject; written: T }> {
  const upload = await startUpload(options);
  try {
    const written = await write(upload);
    return { stored: await upload.finish(), written };
  } finally {
    await upload.abort();
  }
}
