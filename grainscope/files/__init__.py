"""Disk ↔ records: micrographs, result folders, tables, label images."""

from grainscope.files.boundaries import read_boundaries
from grainscope.files.edit_log import EditLog
from grainscope.files.edit_log_lines import EDITS_SCHEMA, edits_json_schema
from grainscope.files.file_hashes import file_sha256, hash_input, hash_model
from grainscope.files.fit_record import (
    FIT_SCHEMA,
    FitInput,
    FitRecord,
    FitResultRecord,
    figure_stem,
    fit_result_record,
    read_fit_record,
)
from grainscope.files.fit_tables import write_fit_tables, write_unusable_rows
from grainscope.files.inputs import (
    POOLED_TABLES,
    RUN_FILES,
    InputImage,
    InputList,
    find_inputs,
    hashed_stem,
    path_text,
    plain_stem,
    sidecar_paths,
    with_stems,
)
from grainscope.files.label_folders import LABEL_SUFFIXES, labels_by_stem, read_drawn_labels
from grainscope.files.label_images import (
    holds_pixels,
    one_region_each,
    read_label_image,
    write_label_image,
)
from grainscope.files.micrographs import ImageInfo, inspect_image, read_micrograph
from grainscope.files.models import (
    load_model,
    load_shipped_model,
    save_model,
    shipped_model_path,
)
from grainscope.files.mosaics import MosaicInfo, inspect_mosaic, read_mosaic
from grainscope.files.record_building import (
    build_record,
    flux_json,
    size_law_record,
    size_laws_json,
)
from grainscope.files.report_stamp import stamp_of_report, stamp_of_run
from grainscope.files.reproduce_record import (
    REPRODUCE_SCHEMA,
    ReproducedNumber,
    ReproduceRecord,
    read_reproduce_record,
)
from grainscope.files.result_folder import (
    StoredResult,
    damaged_files,
    edits_are_measured,
    holds_edits,
    open_edit_log,
    read_result,
    remove_partial_folders,
    save_labels,
    update_result,
    write_result,
)
from grainscope.files.result_record import (
    HashedFile,
    InputRecord,
    ResultRecord,
    read_record,
    relevant_tables,
    result_folders,
    result_settings,
)
from grainscope.files.scratch import Scratch, ScratchImage, scratch_beside
from grainscope.files.shipped import shipped_folder
from grainscope.files.stored_edits import StoredEdits
from grainscope.files.stored_sizes import read_sizes
from grainscope.files.tables import read_table, require_parquet, write_rows, write_table
from grainscope.files.transport_tables import find_transport_files, read_transport
from grainscope.files.versions import STAGE_VERSIONS

__all__ = [
    "EDITS_SCHEMA",
    "FIT_SCHEMA",
    "LABEL_SUFFIXES",
    "POOLED_TABLES",
    "REPRODUCE_SCHEMA",
    "RUN_FILES",
    "STAGE_VERSIONS",
    "EditLog",
    "FitInput",
    "FitRecord",
    "FitResultRecord",
    "HashedFile",
    "ImageInfo",
    "InputImage",
    "InputList",
    "InputRecord",
    "MosaicInfo",
    "ReproduceRecord",
    "ReproducedNumber",
    "ResultRecord",
    "Scratch",
    "ScratchImage",
    "StoredEdits",
    "StoredResult",
    "build_record",
    "damaged_files",
    "edits_are_measured",
    "edits_json_schema",
    "figure_stem",
    "file_sha256",
    "find_inputs",
    "find_transport_files",
    "fit_result_record",
    "flux_json",
    "hash_input",
    "hash_model",
    "hashed_stem",
    "holds_edits",
    "holds_pixels",
    "inspect_image",
    "inspect_mosaic",
    "labels_by_stem",
    "load_model",
    "load_shipped_model",
    "one_region_each",
    "open_edit_log",
    "path_text",
    "plain_stem",
    "read_boundaries",
    "read_drawn_labels",
    "read_fit_record",
    "read_label_image",
    "read_micrograph",
    "read_mosaic",
    "read_record",
    "read_reproduce_record",
    "read_result",
    "read_sizes",
    "read_table",
    "read_transport",
    "relevant_tables",
    "remove_partial_folders",
    "require_parquet",
    "result_folders",
    "result_settings",
    "save_labels",
    "save_model",
    "scratch_beside",
    "shipped_folder",
    "shipped_model_path",
    "sidecar_paths",
    "size_law_record",
    "size_laws_json",
    "stamp_of_report",
    "stamp_of_run",
    "update_result",
    "with_stems",
    "write_fit_tables",
    "write_label_image",
    "write_result",
    "write_rows",
    "write_table",
    "write_unusable_rows",
]
