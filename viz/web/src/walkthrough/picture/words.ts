/** The words of the picture, out of the catalogue's [ui]. */
import { speaker } from "../ui"

/** Every key that is used; a test holds it against both catalogues. */
export const PICTURE_WORDS = [
  "picture_query",
  "picture_key",
  "picture_of",
  "picture_head",
  "picture_all_heads",
  "picture_show_head",
  "picture_same_as",
  "picture_rows_used",
  "picture_left_out",
  "picture_empty",
  "picture_cross",
  "picture_lookup",
  "picture_zoom_in",
  "picture_zoom_out",
  "picture_downsampled",
  "picture_masked",
  "picture_nan",
  "picture_beyond",
  "picture_table",
  "picture_table_hide",
  "picture_table_part",
  "picture_waiting",
  "picture_error",
  "strip_title",
  "strip_choose",
  "strip_scores",
  "strip_capped",
  "strip_bias",
  "strip_masked_scores",
  "strip_weights",
  "strip_values",
  "strip_values_help",
  "strip_arcs",
  "strip_heat",
  "strip_heat_rest",
  "readout_predict",
  "readout_predict_help",
  "readout_position",
  "readout_next",
  "readout_rank",
  "readout_prob",
  "readout_loss",
  "readout_loss_help",
  "readout_mean",
  "readout_no_next",
  "readout_fill",
  "readout_fill_help",
  "readout_fill_top",
  "readout_there",
  "readout_top",
  "tops_title",
] as const

export type PictureWord = (typeof PICTURE_WORDS)[number]
export type PictureSay = (key: PictureWord, values?: Readonly<Record<string, string | number>>) => string

export function pictureSpeaker(words: Readonly<Record<string, string>>): PictureSay {
  return speaker(words) as unknown as PictureSay
}
